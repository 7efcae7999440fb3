"""Bank statements as tests need them."""

HDFC = """HDFC BANK Ltd.
Statement of account 000111222333
*****,*****,*****
Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance
20/11/26,NEFT CR-SBIN0001234-LOTUS DIAGNOSTICS PVT LTD-BA100042,SBINN52026112012,20/11/26,,"11,800.00","2,11,800.00"
21/11/26,UPI-RIVERA TRADERS-rivera@okhdfc-632501234567,0000632501234567,21/11/26,,"1,23,456.78","3,35,256.78"
21/11/26,ACH D-RENT,,21/11/26,590.00,,"3,34,666.78"
22/11/26,CHQ DEP-BENGALURU,4321,23/11/26,,"5,000.00","3,39,666.78"
"""
ICICI = """Account,000111222333
Txn Date,Value Date,Description,Ref No./Cheque No.,Debit,Credit,Balance
20-Nov-2026,20-Nov-2026,NEFT-SBINN52026112012-LOTUS DIAGNOSTICS,,,"11,800.00","11,800.00"
21-Nov-2026,21-Nov-2026,CHARGES,,"1,000.00",,"10,800.00"

Page 1 of 1,,,,,,
"""
HEAD = "Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance\n"


def hdfc(*, day="23/11/26", narration="NEFT CR", reference="", withdrawal="", deposit="500.00"):
    """One row under HDFC's header."""
    quoted = f'"{deposit}"' if "," in deposit else deposit
    return f"{HEAD}{day},{narration},{reference},{day},{withdrawal},{quoted},\n"


def transfers(*rows):
    """A statement of transfers: (UTR, rupees[, narration[, day]]) each."""
    lines = []
    for row in rows:
        utr, rupees, narration, day = (*row, *("NEFT CR-SOMEBODY", "23/11/26")[len(row) - 2 :])
        lines.append(f"{day},{narration},{utr},{day},,{rupees},")
    return (HEAD + "\n".join(lines) + "\n").encode()
