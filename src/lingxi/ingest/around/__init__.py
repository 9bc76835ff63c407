"""What a single event does not say of itself: what its shopper did just before, what its item usually costs."""
