# The monitor of the machine that this runs in: what a hand at the cables would do.

# Sends a QMP command to the QEMU outside and returns its answer.
function Invoke-Outside([string] $Command, [hashtable] $Arguments = @{}) {
    if (-not $lab.PSObject.Properties['Monitor']) {
        $stream = [IO.FileStream]::new('/dev/virtio-ports/monitor', 'Open', 'ReadWrite', 'ReadWrite', 1)
        $lab | Add-Member -NotePropertyName Monitor -NotePropertyValue $stream
        $null = Read-Monitor
        $null = Invoke-Outside qmp_capabilities
    }

    $line = @{ execute = $Command; arguments = $Arguments } | ConvertTo-Json -Compress -Depth 9
    $bytes = [Text.Encoding]::UTF8.GetBytes("$line`n")
    $lab.Monitor.Write($bytes, 0, $bytes.Length)
    $lab.Monitor.Flush()
    do { $answer = Read-Monitor } while ($answer.PSObject.Properties['event'])
    if ($answer.PSObject.Properties['error']) { throw "$Command`: $($answer.error.desc)" }
    $answer.return
}

# Waits for an event of the QEMU outside.
function Wait-OutsideEvent([string] $Name) {
    do { $told = Read-Monitor } until ($told.PSObject.Properties['event'] -and $told.event -eq $Name)
    $told.data
}

function Read-Monitor {
    $line = [Text.StringBuilder]::new()
    while (($byte = $lab.Monitor.ReadByte()) -ne 10) {
        if ($byte -lt 0) { throw 'the monitor outside has closed its end' }
        $null = $line.Append([char] $byte)
    }
    $line.ToString() | ConvertFrom-Json
}
