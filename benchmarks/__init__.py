"""What the portal costs, each beside its floor measured in the same run: `python3 manage.py benchmark [NAME …]`."""
