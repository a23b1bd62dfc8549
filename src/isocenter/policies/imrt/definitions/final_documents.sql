-- title: Documents of the chart that count as evidence: neither drafts nor documents that another one replaced

select documents.*
from documents
where documents.state not in ('draft', 'superseded')
