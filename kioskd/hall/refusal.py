"""Why a command was not done."""

from __future__ import annotations

from typing import Any

import msgspec

CODES: dict[str, str] = {
    # The hall
    "no_settings": "the hall has no rules yet",
    "no_day": "no business day is open",
    "day_closed": "the business day was closed; date and time of the next tickets of queue, if known",
    "signature_not_asked": "no signature is asked for at window",
    "pages_changed": "the pages of ticket number are others by now",
    "too_many_pages": "one visit has most pages already",
    "too_many_notices": "most notices were printed for one ticket already",
    "no_service": "nobody said which services ticket number is about",
    "nothing_missing": "a notice of what is missing for ticket number names nothing",
    "unknown_page": "page is not one of this ticket's",
    "day_not_questioned": "nobody asked which day it is; date is the one that is open",
    "date_in_past": "the date is not later than last",
    "date_too_far": "the date is too far after last",
    "windows_busy": "windows still serve",
    "still_waiting": "count tickets wait or are held, by_queue so many in each; closing would void them",
    "bad_rules": "path, code and value of the first problem of the rules",
    "queue_in_use": "queues that new rules lack still have tickets",
    "window_in_use": "windows that new rules lack or disable still have a ticket",
    "bad_value": "field holds a value that makes no sense",
    # Names
    "unknown_queue": "queue",
    "unknown_service": "service",
    "unknown_priority": "priority",
    "unknown_window": "window",
    "unknown_teller": "teller",
    "unknown_ticket": "ticket: no ticket of today has this id or number",
    "unknown_key": "key",
    "unknown_alert": "alert",
    "unknown_job": "job",
    "unknown_device": "device",
    "id_taken": "ticket: the id is in use",
    # Taking a ticket
    "queue_or_services": "neither queue nor services were named",
    "headcount_needed": "queue asks how many people it is about",
    "closed": "queue gives no tickets at this time; date and time when it next does, if known",
    "not_today": "the hall does not work today; date and time when queue next gives tickets, if known",
    "queue_closed": "a lead ended the ticketing of queue for today",
    "quota_reached": "quota tickets of queue were given today",
    "duplicate_person": "this person already has number",
    "appointment_unknown": "no such appointment here; mistyped says that no code reads like this",
    "appointment_early": "check-in for date, start to end, opens at from",
    "appointment_late": "check-in for date, start to end, was until until; queue gives ordinary tickets",
    "appointment_used": "this appointment already has number",
    "appointment_cancelled": "the appointment of date, start to end, in queue was given back",
    "appointment_other_queue": "the appointment is for queue and its services",
    "appointment_past": "date and end are over",
    "not_open_then": "the hall does not serve queue at date and start",
    "remote_full": "most numbers taken by phone wait already (0: none are given)",
    "burst": "limit slips in seconds were taken here; staff can help, or again in retry_ms",
    "bad_range": "first to last is no range of at most most numbers",
    "numbers_taken": "numbers up to last were given already",
    # Tickets
    "wrong_state": "state of number does not allow it; window is where it is or was",
    "returned_before": "number was restored once today",
    "print_pending": "the slip of number is being printed",
    "no_priority": "number asked for no priority",
    "nobody_serves": "no window can serve queue",
    # Windows
    "window_disabled": "window is not in use",
    "window_paused": "window is paused",
    "window_empty": "nobody is at window",
    "window_moved_on": "window has another ticket: ticket, number, state; None when nobody is there",
    "window_busy": "number is still at window",
    "window_not_staffed": "nobody works at window",
    "teller_busy": "teller still has number at another window",
    "teller_not_on_duty": "teller is at no window",
    "same_window": "window is the one the ticket is at",
    "one_target": "exactly one of queue, window and teller must be named",
    "cannot_serve": "window does not serve queue with the teller there",
    "not_equipped": "window has not what queue needs",
    "no_skills_left": "window would call nobody any more",
    "bound_elsewhere": "number was held for window, which has its papers",
    "not_started": "number was called and has not come: no_show says whether it may be marked now, else "
    "calls of calls_needed are counted and opens_in_ms is left",
    "no_show_too_early": "calls of calls_needed are counted; opens_in_ms is left",
    "debounced": "the same key at window a moment ago",
    "needs_page": "key cannot be done without a page",
    "nothing_to_call_back": "window holds nobody and missed nobody",
    # Ratings and jobs
    "nothing_to_rate": "no finished ticket at window waits for a rating",
    "bad_level": "level is not 1 to 5",
    "bad_options": "options do not belong to level",
    "already_rated": "number was rated",
    "unknown_poor_rating": "rating is no item of a bad rating",
    "poor_rating_moved_on": "the item of number is at state by now, after version steps",
    "not_the_handler": "somebody else works off the item of number",
    "own_rating": "number was rated at the person's own window",
    "same_person": "it takes another person than the one who asked",
    "contact_given": "number left a phone number and can be called back",
    "not_rated": "number has no rating that counts",
    "nothing_to_erase": "nothing is kept of what number wrote",
    "approval_open": "somebody already asked for that for subject",
    "unknown_approval": "approval waits for nobody any more",
    "not_the_asker": "somebody else asked",
    "job_not_in_doubt": "state of the job is known",
    # Devices
    "not_a_printer": "device has no paper",
    "no_paper_in": "device still says that it has no paper, or that its cover is open",
    "no_test_slip": "no slip of device waits to be looked at",
}
"""Every code with its meaning; words that are parameters are named as such."""


class Refusal(msgspec.Struct, frozen=True):
    """A command changed nothing.

    ``code`` is one of `CODES`, stable and part of the public contract; ``params`` fill the sentence that the
    edge makes of it in the reader's language, and are plain JSON values.
    """

    code: str
    params: dict[str, Any] = {}
