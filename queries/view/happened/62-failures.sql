-- Title: Each failed request, with the parts of its URL
-- Why: `failure` with the parts of the URL from `requests`, for a first question.
-- Needs: requests
select * from requests where elb_status_code >= 400 and mechanism is not null
