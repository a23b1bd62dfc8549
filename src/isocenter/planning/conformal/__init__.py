"""The fair 3D conformal plan: apertures, wedges and fields as a clinic offers them."""
