"""What must be true of bank money: the bank book is the statement, suspense what is not settled; a UTR counts once."""

from billing_portal.invariant import Invariant, sql

POSTED = sql("""
    select 'line ' || l.id || ': ' || l.direction || ' ' || l.amount || ', posted ' || coalesce(e.amount, 0)
    from payments_bankline l left join lateral (
        select -sum(x.amount) as amount from accounts_entry e join accounts_line x on x.entry_id = e.id
        where e.key = 'bank-line:' || l.id and e.account_id is null and x.book = 'bank'
    ) e on true
    where coalesce(e.amount, 0) <> case l.direction when 'in' then l.amount else -l.amount end
    union all
    select e.key || ': no such line of the bank''s'
    from accounts_entry e left join payments_bankline l on 'bank-line:' || l.id = e.key
    where starts_with(e.key, 'bank-line:') and l.id is null
    union all
    select 'line ' || l.id || ': put aside, and its entry stands'
    from payments_bankline l left join accounts_entry e on e.key = 'bank-line-aside:' || l.id
    where (l.state = 'ignored') <> (e.id is not null)
""")
OPEN = sql("""
    select 'line ' || l.id || ': open ' || l.open_amount || ' of ' || l.amount || ', used ' || coalesce(u.sum, 0)
    from payments_bankline l
    left join (select line_id, sum(amount) as sum from payments_bankuse group by 1) u on u.line_id = l.id
    where l.open_amount <> case l.state when 'ignored' then 0 else l.amount - coalesce(u.sum, 0) end
        or (l.state = 'ignored' and u.sum is not null)
""")
SUSPENSE = sql("""
    select 'suspense holds ' || b.sum || ', the open lines less what the gateway has paid out are ' || l.sum - s.sum
    from (select coalesce(sum(amount), 0) as sum from accounts_line where book = 'suspense') b,
        (select coalesce(sum(case direction when 'in' then open_amount else -open_amount end), 0) as sum
            from payments_bankline) l,
        (select coalesce(sum(amount), 0) as sum from payments_settlement p
            where p.posted_at is not null and p.withdrawn_at is null and not exists (
                select 1 from payments_bankuse u where u.cause = 'settlement:' || p.gateway_id)) s
    where b.sum <> l.sum - s.sum
""")
USED = sql("""
    select u.cause || ': took ' || u.amount || ' of a line, ' || coalesce(l.amount, 0) || ' left suspense by it'
    from payments_bankuse u join payments_bankline b on b.id = u.line_id left join lateral (
        select -sum(x.amount) as amount from accounts_entry e join accounts_line x on x.entry_id = e.id
        where e.key = u.cause and x.book = 'suspense'
    ) l on true
    where coalesce(l.amount, 0) <> case b.direction when 'in' then u.amount else -u.amount end
    union all
    select p.number || ': bank money of no line'
    from payments_payment p left join payments_bankuse u on u.payment_id = p.id
    where p.channel = 'bank' and p.status in ('captured', 'partly_refunded', 'refunded')
        and (u.id is null or u.amount <> p.amount - p.tds - p.gst_tds)
""")
ONCE = sql("""
    select l.utr || ': came ' || count(*) || ' times'
    from payments_bankline l where l.direction = 'in' and l.utr is not null group by l.utr having count(*) > 1
    union all
    select l.utr || ': counted as ' || p.number || ' and settled from line ' || l.id
    from payments_bankline l join payments_utr t on t.utr = l.utr and t.payment_id is not null
    join payments_payment p on p.id = t.payment_id
    where l.direction = 'in' and exists (select 1 from payments_bankuse u where u.line_id = l.id)
""")
CLAIMS = sql("""
    select 'claim ' || c.id || ': ' || c.state || ', its payment does not say so'
    from payments_claim c left join payments_payment p on p.id = c.payment_id
    where (c.state = 'settled') <> (c.payment_id is not null)
        or (p.id is not null and (p.account_id <> c.account_id or p.tds < c.tds or p.gst_tds < c.gst_tds))
    union all
    select 'cheque ' || q.number || ': ' || q.state || ', its payment does not say so'
    from payments_cheque q left join payments_payment p on p.id = q.payment_id
    where (q.state = 'cleared' and p.id is null)
        or (q.state in ('received', 'deposited', 'returned') and p.id is not null)
        or (p.id is not null and p.account_id <> q.account_id)
""")
TAXES = sql("""
    select p.number || ': tax deducted ' || p.tds || ' and ' || p.gst_tds || ', its rows say '
        || coalesce(t.income, 0) || ' and ' || coalesce(t.gst, 0)
    from payments_payment p left join (
        select payment_id, sum(amount) filter (where kind = 'income') as income,
            sum(amount) filter (where kind = 'gst') as gst
        from payments_taxdeducted group by 1
    ) t on t.payment_id = p.id
    where p.tds <> coalesce(t.income, 0) or p.gst_tds <> coalesce(t.gst, 0)
    union all
    select d.number || ': ' || t.kind || ' deducted of ' || sum(t.base) || ', its value is ' || d.taxable
    from payments_taxdeducted t join invoices_document d on d.id = t.document_id
    where t.ended_at is null group by d.id, t.kind having sum(t.base) > d.taxable
    union all
    select 'deduction ' || t.id || ': ' || t.amount || ' is further than a rupee from ' || t.rate || ' of ' || t.base
    from payments_taxdeducted t
    where abs(t.amount - round(t.base::numeric * t.rate / 10000)) > 100
    union all
    select 'deduction ' || t.id || ' belongs to another account than what it is of'
    from payments_taxdeducted t left join invoices_document d on d.id = t.document_id
    left join payments_payment p on p.id = t.payment_id left join payments_claim c on c.id = t.claim_id
    where t.account_id <> coalesce(d.account_id, t.account_id) or t.account_id <> coalesce(p.account_id, t.account_id)
        or t.account_id <> coalesce(c.account_id, t.account_id)
""")

# fmt: off
INVARIANTS = (
    Invariant("I10", "The bank's lines are in the books, each once",             "payments_bankline",    POSTED),
    Invariant("I20", "A line's open amount is its amount less what was used",    "payments_bankline",    OPEN),
    Invariant("I20", "Suspense is the open bank lines less what is on its way",       "payments_bankline",    SUSPENSE),
    Invariant("I10", "Bank money is credited out of a line of the bank's",       "payments_bankuse",     USED),
    Invariant("I10", "A UTR counts once",                                        "payments_utr",         ONCE),
    Invariant("I10", "Claims and cheques agree with their payments",             "payments_claim",       CLAIMS),
    Invariant("I20", "Tax deducted is of its payment, and within its invoice",   "payments_taxdeducted", TAXES),
)
# fmt: on
