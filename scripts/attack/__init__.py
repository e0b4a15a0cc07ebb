"""How many fake people it takes to move an item, with the defences of collaborative memory."""
