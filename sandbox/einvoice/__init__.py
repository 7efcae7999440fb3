"""The invoice registration portal: takes INV-01 requests, gives IRNs and signed QR codes."""
