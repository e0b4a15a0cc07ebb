"""What comes next in a sequence of items, learnt from other people's sequences."""
