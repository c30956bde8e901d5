"""A small picture and what is known of its colours and edges."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from kioskd.documents.quads import Field, Picture

COARSE = 2
"""How many times smaller the picture is in which colours are compared and regions are sought."""

BORDER = 2.5
"""What is so near to the picture's own edge, in pixels, lies outside it for all we know."""


class Look:
    """Made once of a picture; nothing of it changes."""

    def __init__(self, small: Picture) -> None:
        self.height, self.width = small.shape[:2]
        lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
        coarse = cv2.resize(lab, None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA)
        # Writing is darker than its paper: closing wipes it away and leaves the sheet.
        closed = cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        self.plain = cv2.GaussianBlur(closed, (3, 3), 0).astype(np.float32)
        soft = cv2.GaussianBlur(lab, (3, 3), 0)
        self.light = np.asarray(soft[:, :, 0], np.uint8)
        self.gx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
        self.gy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
        strength = steepness(self.gx, self.gy)
        self.least = max(float(np.percentile(strength[::3, ::3], 60)) * 2.0, 2.5)
        edges = ((strength > self.least) * 255).astype(np.uint8)
        self.near_edge = cv2.dilate(edges, np.ones((5, 5), np.uint8)) > 0

    @property
    def size(self) -> int:
        """Pixels."""
        return int(self.width * self.height)

    def within(self, places: Field, margin: float) -> NDArray[np.bool_]:
        """Return which places lie inside the picture, so far from its edge."""
        x, y = places[..., 0], places[..., 1]
        right, below = self.width - 1 - margin, self.height - 1 - margin
        return np.asarray((x > margin) & (y > margin) & (x < right) & (y < below))

    def steepness_across(self, places: Field, across: Field) -> Field:
        """Return how much the colour changes at each place in the direction ``across``."""
        gx, gy = sample(self.gx, places), sample(self.gy, places)
        change = gx * across[..., 0:1] + gy * across[..., 1:2]
        return np.asarray(np.sqrt((change * change).sum(axis=-1)))

    def colour(self, places: Field) -> Field:
        """Return the colour (Lab) there, without the writing."""
        return sample(self.plain, (places + 0.5) / COARSE - 0.5)


def steepness(gx: Field, gy: Field) -> Field:
    """Return the length of each pixel's gradient over all channels."""
    squares = cv2.multiply(gx, gx) + cv2.multiply(gy, gy)
    return np.asarray(np.sqrt(cv2.transform(squares, np.ones((1, 3), np.float32))), np.float32)


def sample(field: Field, places: Field) -> Field:
    """Return the field's values at places (…, 2), between pixels too."""
    flat = places.reshape(-1, places.shape[-2], 2).astype(np.float32)
    x, y = np.ascontiguousarray(flat[..., 0]), np.ascontiguousarray(flat[..., 1])
    found = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found.reshape(*places.shape[:-1], -1))
