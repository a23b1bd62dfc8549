"""What the contours alone say: nearness, margins, concavity."""
