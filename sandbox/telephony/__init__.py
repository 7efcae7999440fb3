"""The telephony platform: lines, service orders, people who call, and the records of their calls."""
