"""One file a subject: its figures, its sentences, its charts and its advice, side by side."""
