-- Title: TLS versions and ciphers
-- Group: what else is odd
-- Why: shows the clients that a stricter security policy would shut out.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Needs: alb_log
-- Cost: one scan of the rows of the window.
select ssl_protocol, ssl_cipher, count(*) as requests, count(distinct client_ip) as clients, max(time) as last_time
from alb_log
where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by ssl_protocol, ssl_cipher
order by ssl_protocol, ssl_cipher
