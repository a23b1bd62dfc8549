"""Pages as files give them: words with their places, put together to rows, blocks and passages."""
