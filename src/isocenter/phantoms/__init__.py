"""Makes complete synthetic DICOM-RT sets whose doses and shapes are known in closed form."""
