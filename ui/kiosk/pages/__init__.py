"""The screens themselves: what stands where, for any panel, language, text size and reach."""
