-- Keeps how many users wait in the long queues, for the positions that are told until the next pass.
create function private.count_waiting_users() returns void
language plpgsql
set search_path = ''
as $$
begin
  update private.queue_settings as settings
  set waiting_users = counted.users
  from (
    select queue, case
      when private.queue_length(queue) > private.exact_positions() then private.number_of_users(queue)
    end as users
    from private.queue_settings
  ) as counted
  where settings.queue = counted.queue and settings.waiting_users is distinct from counted.users;
end
$$;
