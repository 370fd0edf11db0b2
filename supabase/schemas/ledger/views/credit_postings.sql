-- Both sides of each movement of credits. They add up to zero because they are one amount.
create view private.credit_postings as
select event.user_id, event.id as event_id, leg.account, leg.amount
from private.credit_events as event
join private.credit_kinds() as movement on movement.kind = event.kind
cross join lateral (
  values (movement.source, -event.amount), (movement.target, event.amount)
) as leg (account, amount);
