"""Loudspeakers: announcements joined from recorded pieces."""
