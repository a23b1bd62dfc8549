"""What a plan is made for: targets with their doses, organs with their goals, the beams of the site."""
