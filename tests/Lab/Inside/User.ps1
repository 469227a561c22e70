# An ordinary user of the machine.

$user = [pscustomobject]@{ Name = 'ada'; Id = 4321 }

function New-LabUser {
    if ((& getent passwd $user.Name)) { return }
    & useradd --create-home --uid $user.Id $user.Name
    if ($LASTEXITCODE -ne 0) { throw 'the user cannot be made' }
}

# The user can open a device's node for reading and writing.
function Test-UserOpens([string] $Node) {
    & setpriv --reuid $user.Name --regid $user.Name --init-groups sh -c "exec 3<>'$Node'" 2>&1 | Out-Null
    $LASTEXITCODE -eq 0
}
