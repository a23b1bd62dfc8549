"""The chart as it comes: pages of PDF, text and pictures in, cited statements out."""
