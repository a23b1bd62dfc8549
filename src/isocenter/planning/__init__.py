"""Makes the plans that a comparison needs: IMRT by optimization and the fair 3D conformal plan of the same patient."""
