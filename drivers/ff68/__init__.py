"""What call keypads and rating pads of the FF68 family share."""
