"""What call keypads and rating pads that look like USB keyboards share."""
