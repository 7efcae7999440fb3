"""Doors of the payments floor: paying online, by bank and by auto-pay, and the gateway's calls."""
