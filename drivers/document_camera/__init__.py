"""Document cameras 高拍仪."""
