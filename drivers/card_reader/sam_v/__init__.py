"""Readers that speak the SAM_V protocol of the security module itself."""
