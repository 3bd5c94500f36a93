-- Title: The few functions that engines spell differently
-- Why: everything below this file is a portable subset of SQL; another engine needs only its own spelling of these.
-- Needs: nothing

-- Seconds from a to b, to the microsecond.
create or replace macro seconds_between(a, b) as (epoch_us(b) - epoch_us(a)) / 1e6;

-- Whether `word` is one of the words of a comma list.
create or replace macro contains_word(list, word) as ',' || coalesce(list, '') || ',' like '%,' || word || ',%';

-- The later and the earlier of two times; an absent one does not count.
create or replace macro later(a, b) as case when a is null or b > a then b else a end;
create or replace macro earlier(a, b) as case when a is null or b < a then b else a end;

-- Seconds as people read them: 0.316 s.
create or replace macro seconds_text(seconds) as cast(round(seconds, 3) as varchar) || ' s';

-- 2023-01-07T09:22:42.870000Z
create or replace macro time_text(t) as strftime(t, '%Y-%m-%dT%H:%M:%S.%fZ');

create or replace macro minute_of(t) as date_trunc('minute', t);
create or replace macro second_of(t) as date_trunc('second', t);
create or replace macro day_of(t) as date_trunc('day', t);

-- The Deployment of a ReplicaSet is its name without the hash; a pod without a known owner has its own name, without both.
create or replace macro deployment_name(owner_kind, owner_name, pod_name) as
  case
    when owner_kind = 'ReplicaSet' then regexp_replace(owner_name, '-[a-z0-9]+$', '')
    else coalesce(owner_name, regexp_replace(pod_name, '(-[a-z0-9]{6,10})?-[a-z0-9]{5}$', ''))
  end;

create or replace macro array_join(list, separator) as array_to_string(list, separator);

-- Where `moment` lies against an interval: 'before' it, 'after' it, 'within' it, or NULL when the far side is not known.
-- At the far end counts as after: a request routed at the very moment of the deletion was routed to a terminating pod.
create or replace macro place(moment, earliest, latest) as
  case
    when moment >= latest then 'after'
    when moment < earliest then 'before'
    when latest is not null and moment is not null then 'within'
  end;

-- A time is narrow when it is known on both sides to a second: what a clock that prints whole seconds gives.
create or replace macro is_narrow(earliest, latest) as coalesce(seconds_between(earliest, latest) <= 1, false);

-- All matches of a pattern replaced by plain text.
create or replace macro replace_all(text, pattern, replacement) as regexp_replace(text, pattern, replacement, 'g');

-- Text as the client sent it: \xHH (or \x000000HH) are bytes of UTF-8. As logged where they are not.
create or replace macro unescape(text) as coalesce(
  try(
    url_decode(
      regexp_replace(
        replace(regexp_replace(text, '\\x000000([0-9a-fA-F]{2})', '\\x\1', 'g'), '%', '%25'),
        '\\x([0-9a-fA-F]{2})', '%\1', 'g'
      )
    )
  ),
  text
);

-- The first 80 characters of bytes, those that are not printable as \xHH.
create or replace macro bytes_head(b) as substr(cast(b as varchar), 1, 80);
