"""The route table: every route of the hub's API, and who may use it.

The router, the role checks, the validation of what comes in and the OpenAPI document are all made of
this table; there is no other way to add a route. Its rows stand in the modules named here, by subject.
"""

from __future__ import annotations

from kioskd.web import (
    approvals,
    hall_file,
    photos,
    poor_ratings,
    rating_faces,
    releases,
    roster,
    routes_access,
    routes_documents,
    routes_equipment,
    routes_figures,
    routes_hall,
    routes_setup,
    routes_tickets,
    routes_windows,
    safety,
    staff,
    stories,
)
from kioskd.web.route import API, Route

ROUTES: tuple[Route, ...] = (
    *routes_tickets.ROUTES,
    *routes_windows.ROUTES,
    *routes_hall.ROUTES,
    *routes_equipment.ROUTES,
    *safety.ROUTES,
    *releases.ROUTES,
    *hall_file.ROUTES,
    *routes_setup.ROUTES,
    *rating_faces.ROUTES,
    *photos.ROUTES,
    *stories.ROUTES,
    *poor_ratings.ROUTES,
    *approvals.ROUTES,
    *roster.ROUTES,
    *routes_documents.document_routes(API),
    *routes_access.ROUTES,
    *routes_figures.figures_routes(API),
    *staff.staff_routes(),
)
