-- Title: One row per failed request, with its mechanism
-- Why: the first half of a verdict; it needs no cluster data.
-- Needs: request
select * from request where elb_status_code >= 400 and mechanism is not null
