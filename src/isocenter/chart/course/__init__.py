"""What the papers of a chart say together: documents, the prescription in force, results, the site."""
