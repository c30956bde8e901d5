"""Device drivers of a service hall. Nothing in here knows kioskd."""
