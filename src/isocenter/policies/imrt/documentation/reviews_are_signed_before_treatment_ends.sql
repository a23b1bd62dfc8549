-- title:        Order, statement, plan, reviews and verification are signed before the last fraction
-- fault:        The order, the statement, the plan, a review or the verification was signed after the last fraction
-- requirements: IMRT-5, IMRT-6, IMRT-8, REC-1, REC-2
-- cites:        documentation, paragraph 1
-- judges:       document
-- needs:        documents, signatures
-- consequence:  review
-- remedy:       Explain what was signed after the last fraction, and send any earlier signed record of it.

select
    review_signatures.document_id as subject_id,
    case
        when review_signatures.signed_on > review_signatures.last_delivery + cast(readings.number as integer) then 'not_met'
        when review_signatures.signed_on <= review_signatures.last_delivery + cast(readings.number as integer) then 'met'
    end as outcome,
    review_signatures.because
from review_signatures
inner join readings on readings.name = 'review_days_after_last_fraction'
where
    review_signatures.is_complete
    or review_signatures.signed_on > review_signatures.last_delivery + cast(readings.number as integer)
