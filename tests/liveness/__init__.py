"""Liveness: decisions on drawn landmarks, everywhere; on recorded people where the material is present."""
