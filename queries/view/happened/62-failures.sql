-- Title: Each failed request, with its URL taken apart
-- Why: `failure` and what `requests` knows of the URL: the first thing to ask.
-- Needs: requests
select * from requests where elb_status_code >= 400 and mechanism is not null
