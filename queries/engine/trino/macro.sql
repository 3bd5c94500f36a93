-- Title: The prelude of Trino, which is what Athena runs
-- Why: the same macros as queries/view/00-macro.sql, in the functions that Trino has. Athena cannot store macros, so
--   draintrace expands these before it sends a question. A test on a real Trino holds that both give the same rows.
-- Needs: nothing

-- Seconds from a to b, to the microsecond: microseconds since the epoch are whole in a double until 2255.
create or replace macro seconds_between(a, b) as
  (round(to_unixtime(b) * 1e6) - round(to_unixtime(a) * 1e6)) / 1e6;

create or replace macro contains_word(list, word) as (',' || coalesce(list, '') || ',') like ('%,' || word || ',%');

create or replace macro later(a, b) as case when a is null or b > a then b else a end;
create or replace macro earlier(a, b) as case when a is null or b < a then b else a end;

-- A cast of a double to text is 3.16E-1 here; a decimal is not, and has all its zeros.
create or replace macro seconds_text(seconds) as
  regexp_replace(cast(cast(round(seconds, 3) as decimal(18, 3)) as varchar), '(\.\d+?)0+$', '$1') || ' s';

create or replace macro time_text(t) as replace(cast(cast(t as timestamp(6)) as varchar), ' ', 'T') || 'Z';

create or replace macro minute_of(t) as date_trunc('minute', t);
create or replace macro second_of(t) as date_trunc('second', t);

create or replace macro place(moment, earliest, latest) as
  case
    when moment >= latest then 'after'
    when moment < earliest then 'before'
    when latest is not null and moment is not null then 'within'
  end;

create or replace macro is_narrow(earliest, latest) as coalesce(seconds_between(earliest, latest) <= 1, false);

create or replace macro replace_all(text, pattern, replacement) as regexp_replace(text, pattern, replacement);

-- Quotes and backslashes are escaped too, as DuckDB does.
create or replace macro bytes_head(b) as substr(
  array_join(
    transform(
      sequence(1, least(greatest(length(b), 1), 80)),
      i -> case
        when to_hex(substr(b, i, 1)) between '20' and '7E' and to_hex(substr(b, i, 1)) not in ('22', '27', '5C')
          then from_utf8(substr(b, i, 1))
        when length(b) = 0 then ''
        else '\x' || to_hex(substr(b, i, 1))
      end
    ),
    ''
  ),
  1, 80
);

-- Field i of a log line that was cut into its words, quotes taken away; `-` is absent.
create or replace macro field(words, i) as nullif(regexp_replace(element_at(words, i), '^"|"$', ''), '-');

-- Seconds; -1 is how the log says that a time was not measured.
create or replace macro seconds_of(text) as case when not regexp_like(text, '^-1') then try_cast(text as double) end;

create or replace macro time_of(text) as
  try_cast(replace(regexp_replace(text, 'Z$', ''), 'T', ' ') as timestamp(6));

-- The address and the port of ip:port, at the last colon.
create or replace macro address_of(text) as coalesce(regexp_extract(text, '^(.*):[0-9]+$', 1), text);
create or replace macro port_of(text) as try_cast(regexp_extract(text, '^.*:([0-9]+)$', 1) as integer);

-- A time of the lake, kept as microseconds since the epoch: Athena reads timestamps of files to the millisecond only.
create or replace macro time_of_micros(micros) as
  cast(from_unixtime_nanos(micros * 1000) at time zone 'UTC' as timestamp(6));
