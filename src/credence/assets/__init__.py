"""Files of other projects that ship with Credence, with their licences."""
