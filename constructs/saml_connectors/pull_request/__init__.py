"""A page as the one comment of a pull request, or note of a merge request, that is written once and then updated.

Standard library only.  Not here: what the page says (`review/`).
"""
