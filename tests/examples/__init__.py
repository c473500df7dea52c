"""The demonstration: what a newcomer types, and the two portals."""
