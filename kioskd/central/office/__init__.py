"""The city's office: who may look, halls side by side, bad ratings, anomalies, reports."""
