# The module as the machines load it: compiled ahead of time where .NET's compiler for that is at hand, since every method
# that has to be compiled takes ten times as long under TCG.

# Makes a folder of modules with ours in it.
function Save-LabModule([string] $Root, [string] $Folder) {
    if ([IO.Directory]::Exists($Folder)) { [IO.Directory]::Delete($Folder, $true) }
    $built = @([IO.Directory]::GetDirectories("$Root/out/QemuPS"))[0]
    $copy = "$Folder/QemuPS/$([IO.Path]::GetFileName($built))"
    $null = [IO.Directory]::CreateDirectory("$copy/en-US")
    foreach ($file in [IO.Directory]::GetFiles($built)) { [IO.File]::Copy($file, "$copy/$([IO.Path]::GetFileName($file))") }

    $compiler = Find-Crossgen
    if (-not $compiler) { return }
    # What it is compiled against is what this engine runs with, and so does the machine's.
    $framework, $engine = [IO.Path]::GetDirectoryName([object].Assembly.Location), [IO.Path]::GetDirectoryName([psobject].Assembly.Location)
    foreach ($file in [IO.Directory]::GetFiles($built, '*.dll')) {
        # In a file, so that no shell takes the stars for its own.
        [IO.File]::WriteAllLines("$Folder/options.rsp", [string[]] @(
            $file, '-r', "$framework/*.dll", '-r', "$engine/*.dll", '-r', "$built/*.dll", '--targetos', 'linux', '--targetarch', 'x64', '-o', "$copy/$([IO.Path]::GetFileName($file))"))
        Invoke-Quietly @($compiler, "@$Folder/options.rsp", '-O')
    }
}

# The compiler is in NuGet's cache where the embedded engine was published (qps); it has to be of the framework's version.
function Find-Crossgen {
    $packages = if ($env:NUGET_PACKAGES) { $env:NUGET_PACKAGES } else { "$HOME/.nuget/packages" }
    $file = "$packages/microsoft.netcore.app.crossgen2.linux-x64/$([Environment]::Version)/tools/crossgen2"
    if (-not [IO.File]::Exists($file)) { return }
    # NuGet unpacks without the right to execute for all.
    $null = & chmod u+x $file
    $file
}
