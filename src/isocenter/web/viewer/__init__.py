"""The plan and the chart to look at: images slice by slice, dose, structures, histograms, pages of documents."""
