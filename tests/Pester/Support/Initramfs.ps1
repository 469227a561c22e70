# The archive that a kernel starts with.

# The "new ASCII" format of cpio (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel).
function Add-CpioEntry([IO.Stream] $Archive, [string] $Name, [int] $Mode = 0, [byte[]] $Content = @(), [int] $Major = 0, [int] $Minor = 0) {
    $fields = 0, $Mode, 0, 0, 1, 0, $Content.Length, 0, 0, $Major, $Minor, ($Name.Length + 1), 0
    $header = [Text.Encoding]::ASCII.GetBytes('070701' + (($fields | ForEach-Object { $_.ToString('x8') }) -join '') + $Name + "`0")
    foreach ($part in $header, $Content) {
        $Archive.Write($part, 0, $part.Length)
        while ($Archive.Length % 4) { $Archive.WriteByte(0) }
    }
}

function Save-Gzip([IO.MemoryStream] $Content, [string] $Path) {
    $partial = "$Path.$PID.partial"
    $file = [IO.File]::Create($partial)
    $gzip = [IO.Compression.GZipStream]::new($file, [IO.Compression.CompressionLevel]::Fastest)
    $Content.Position = 0
    $Content.CopyTo($gzip)
    $gzip.Dispose()
    $file.Dispose()
    [IO.File]::Move($partial, $Path, $true)
}
