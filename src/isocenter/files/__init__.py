"""Files: folders read, texts shown, files written whole or not at all."""
