"""Money comes in: recharge, gateway, webhooks, follow-up."""
