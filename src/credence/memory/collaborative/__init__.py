"""What people together say and choose about items; pure functions, no SQL."""
