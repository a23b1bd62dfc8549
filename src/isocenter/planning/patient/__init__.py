"""The patient as planning sees him: densities on a grid, structures as voxels, and what is remarked on his CT."""
