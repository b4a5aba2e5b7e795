"""`poolhouse apply`: a file of configuration into pools, clients and all that belongs to them.

`source` reads the file, `template` (CloudFormation, SAM) makes a `stack` of it, `check` holds its
properties against the service model, `kinds/` calls the operations that make each kind of resource so, and
`run` does all of it in one transaction: once to see what would come of it, and once to keep it.
"""
